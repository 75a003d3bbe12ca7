"""Phase over time: cells outlined, followed from frame to frame, weighed, and how fast they grow."""
