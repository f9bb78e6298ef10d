"""A consistent copy of the database, proof that it is one, and the way back: `backup`, `restore`, and what a person
looks at before a restored instance goes on (S31)."""
