"""Who outside the page is told of alarms, and how."""
