package compliance

import (
	"errors"
	"math"
	"math/bits"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// standard lists what of CEL's own functions rules may use. What is missing is
// missing on purpose: maps, fractions, time and its zones, conversions, regular
// expressions, and whatever builds strings or joins lists.
func standard() *env.LibrarySubset {
	function := func(name string, ids ...string) *env.Function {
		f := env.NewFunction(name)
		for _, id := range ids {
			f.Overloads = append(f.Overloads, &env.Overload{ID: id})
		}
		return f
	}
	return &env.LibrarySubset{
		IncludeMacros: []string{"has", "all", "exists", "exists_one", "map", "filter"},
		IncludeFunctions: []*env.Function{
			function(operators.Conditional), function(operators.LogicalAnd), function(operators.LogicalOr), function(operators.LogicalNot),
			function(operators.NotStrictlyFalse), function(operators.Equals), function(operators.NotEquals),
			function(operators.Add, overloads.AddInt64, overloads.AddList), // lists: for what map and filter are made of
			function(operators.Subtract, overloads.SubtractInt64), function(operators.Multiply, overloads.MultiplyInt64),
			function(operators.Divide, overloads.DivideInt64), function(operators.Modulo, overloads.ModuloInt64),
			function(operators.Negate, overloads.NegateInt64),
			function(operators.Less, overloads.LessInt64, overloads.LessString),
			function(operators.LessEquals, overloads.LessEqualsInt64, overloads.LessEqualsString),
			function(operators.Greater, overloads.GreaterInt64, overloads.GreaterString),
			function(operators.GreaterEquals, overloads.GreaterEqualsInt64, overloads.GreaterEqualsString),
			function(operators.Index, overloads.IndexList), function(operators.In, overloads.InList),
			function(overloads.Size, overloads.SizeList, overloads.SizeListInst, overloads.SizeString, overloads.SizeStringInst),
			function(overloads.StartsWith), function(overloads.EndsWith), function(overloads.Contains, overloads.ContainsString),
		},
	}
}

// numbers is a function of ours over a list of integers.
type numbers struct {
	name string
	of   func([]int64) (int64, error)
}

// ours are the functions that rules have beside CEL's; permille takes two
// integers.
var ours = []numbers{{"least", least}, {"most", most}, {"sum", sum}, {"median", median}}

func functionNamed(name string) bool {
	return slices.Contains([]string{"permille", "size", "has", "all", "exists", "exists_one", "map", "filter", "startsWith", "endsWith", "contains"}, name) ||
		slices.ContainsFunc(ours, func(f numbers) bool { return f.name == name })
}

func functions() []cel.EnvOption {
	list := cel.ListType(cel.IntType)
	options := []cel.EnvOption{cel.Function("permille", cel.Overload("permille_int_int", []*cel.Type{cel.IntType, cel.IntType}, cel.IntType,
		cel.BinaryBinding(func(part, whole ref.Val) ref.Val {
			return result(permille(int64(part.(types.Int)), int64(whole.(types.Int))))
		})))}
	for _, f := range ours {
		options = append(options, cel.Function(f.name, cel.Overload(f.name+"_list_int", []*cel.Type{list}, cel.IntType,
			cel.UnaryBinding(func(l ref.Val) ref.Val { return result(f.of(integers(l.(traits.Lister)))) }))))
	}
	return options
}

func result(n int64, err error) ref.Val {
	if err != nil {
		return types.WrapErr(err)
	}
	return types.Int(n)
}

func integers(l traits.Lister) (all []int64) {
	for it := l.Iterator(); it.HasNext() == types.True; {
		all = append(all, int64(it.Next().(types.Int)))
	}
	return all
}

// costs counts what our functions cost: one for each element they read.
type costs struct{}

func (costs) CallCost(function, _ string, args []ref.Val, _ ref.Val) *uint64 {
	if !slices.ContainsFunc(ours, func(f numbers) bool { return f.name == function }) {
		return nil
	}
	l, ok := args[0].(traits.Lister)
	if !ok {
		return nil
	}
	cost := 1 + uint64(l.Size().(types.Int))
	return &cost
}

var (
	errEmpty    = errors.New("it asks for a number of an empty list")
	errRange    = errors.New("a number leaves the range of 64 bits")
	errNoWhole  = errors.New("it asks for a share of zero or less")
	errZero     = errors.New("it divides by zero")
	errPosition = errors.New("it asks for an element that a list does not have")
)

func least(all []int64) (int64, error) {
	if len(all) == 0 {
		return 0, errEmpty
	}
	return slices.Min(all), nil
}

func most(all []int64) (int64, error) {
	if len(all) == 0 {
		return 0, errEmpty
	}
	return slices.Max(all), nil
}

func sum(all []int64) (total int64, err error) {
	for _, n := range all {
		if (n > 0 && total > math.MaxInt64-n) || (n < 0 && total < math.MinInt64-n) {
			return 0, errRange
		}
		total += n
	}
	return total, nil
}

// median is the number in the middle; of two in the middle, their mean rounded
// down.
func median(all []int64) (int64, error) {
	if len(all) == 0 {
		return 0, errEmpty
	}
	slices.Sort(all)
	high := all[len(all)/2]
	if len(all)%2 == 1 {
		return high, nil
	}
	low := all[len(all)/2-1]
	return (low & high) + (low^high)>>1, nil // floor of the mean, without overflow
}

// permille is 1000·part/whole rounded down, whole being more than zero.
func permille(part, whole int64) (int64, error) {
	if whole <= 0 {
		return 0, errNoWhole
	}
	magnitude := uint64(part)
	if part < 0 {
		magnitude = -magnitude
	}
	high, low := bits.Mul64(magnitude, 1000)
	if high >= uint64(whole) {
		return 0, errRange
	}
	n, rest := bits.Div64(high, low, uint64(whole))
	if n > math.MaxInt64-1 {
		return 0, errRange
	}
	if part >= 0 {
		return int64(n), nil
	}
	if rest > 0 {
		n++
	}
	return -int64(n), nil
}
