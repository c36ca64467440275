"""Consultations, for staff: who answered and who is missing, results, themes, and how the office listened."""
