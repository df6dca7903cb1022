"""The index: what makes records findable by meaning and by word. Disposable: it is made anew from the records."""
