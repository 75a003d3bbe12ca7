"""Which gates are run on which fields, what a model is asked for them, and what follows.

Gates measure one label of one field at a time. Here fields are opened, models asked, predictions put on the scale of
the training truth. A model that does not answer is *not tested*, with the reason.
"""
