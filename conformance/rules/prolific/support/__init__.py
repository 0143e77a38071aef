"""What the scenarios of Prolific share: objects that they make, and studies with participants."""
