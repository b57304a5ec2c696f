from hypothesis import settings

# No deadline: a shared machine is slow now and then, and that is no mistake of the code.
settings.register_profile("signpost", deadline=None, max_examples=100)
settings.load_profile("signpost")
