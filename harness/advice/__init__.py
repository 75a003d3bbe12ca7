"""Which model for this image? Answered from boards alone, with how far each answer reaches.

``evidence`` reads what boards say of a modality, a structure and a pixel size, ``likeness`` sets an image beside those
that were judged, ``answers`` puts both into words. Nothing here predicts anything.
"""
