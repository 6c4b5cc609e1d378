// There is one, so that functions without a body are taken (clusters.go).
