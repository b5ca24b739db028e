"""Ways to reach people: email, the bell of the desk, a signed webhook, Slack, and those of other apps."""
