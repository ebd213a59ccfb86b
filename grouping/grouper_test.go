package grouping
