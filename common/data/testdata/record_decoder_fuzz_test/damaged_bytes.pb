

values	J
:
p