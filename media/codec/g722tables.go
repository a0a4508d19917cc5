// SPDX-License-Identifier: GPL-3.0-or-later

package codec

// lowDecisions are the decision levels of the 60-level quantiser of the lower band, from 1
// (G.722 table 14, Q6).
var lowDecisions = [...]int{0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714,
	786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919}

// lowLevels6 are the differences that the 6-bit codes stand for (table 14, QQ6). Codes 0 to 3
// are never sent.
var lowLevels6 = [64]int{-136, -136, -136, -136, -24808, -21904, -19008, -16704,
	-14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
	-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576,
	-3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
	24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192,
	10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
	4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032,
	1688, 1360, 1040, 728, 432, 136, -432, -136}

// lowLevels4 are those of the four upper bits alone (table 14, QQ4).
var lowLevels4 = [16]int{0, -20456, -12896, -8968, -6288, -4240, -2584, -1200,
	20456, 12896, 8968, 6288, 4240, 2584, 1200, 0}

// lowScale is how each of the same codes changes the logarithm of the step (tables 14 and 16, WL
// by way of RIL).
var lowScale = [16]int{-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60}

// highDecision is the one decision level of the upper band (table 14, Q2).
const highDecision = 564

// highLevels and highScale are the differences of the 2-bit codes and their effect on the step
// (tables 14 and 17, QQ2 and WH).
var (
	highLevels = [4]int{-7408, -1616, 7408, 1616}
	highScale  = [4]int{798, -214, 798, -214}
)

// stepMantissa is 2048 times the 32 steps of an octave (table 18, ILB).
var stepMantissa = [32]int{2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
	2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008}
