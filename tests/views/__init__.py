"""What people read: each message drawn of made-up things."""
