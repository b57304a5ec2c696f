"""The composition root: ports meet what implements them, once, during INIT.

One module for each part, so that a function loads none but those that it is made of.
"""
