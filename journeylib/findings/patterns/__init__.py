"""The sales rule library: named patterns as data, and how each kind of them is measured."""
