"""The foundations of all pages: the visitor, the guards, forms, languages, cookies, and how an answer is made."""
