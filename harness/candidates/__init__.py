"""What can stand on a board: models, predictions made elsewhere, controls; each as a ``harness.judging.Candidate``."""
