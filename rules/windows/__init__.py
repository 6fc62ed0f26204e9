"""What rules remember: one column of the timeline for each window, filled before rules are judged."""
