"""Where something of the register may lie besides its table, and how each place is emptied.

All implement `destruction.Place`. What does not exist holds nothing, and so is empty.
"""
