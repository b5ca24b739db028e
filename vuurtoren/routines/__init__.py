"""What the checklist asks of people each day, week and month: answered by data, or ticked by somebody."""
