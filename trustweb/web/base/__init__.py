"""What all pages stand on: who asks, what may be asked, forms, and how an answer is made."""
