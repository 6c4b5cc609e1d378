// Package questions is where Istio's own simulation tests run, to say what they ask instead of asking it:
// their files are put here at test time, with two imports changed (see the package above).
package questions
