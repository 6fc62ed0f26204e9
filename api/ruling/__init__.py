"""Rules as people see and change them."""
