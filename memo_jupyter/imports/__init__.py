"""What others have kept for the user, brought into memo: chats of other programs, and IPython's own history."""
