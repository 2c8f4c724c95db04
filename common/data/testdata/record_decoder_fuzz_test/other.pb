

values
J
abcx