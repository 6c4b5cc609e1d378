// Without a file of assembler, Go takes no function without a body (refusals_meshconfig.go).
