package compliance

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"publica"
)

// An expression is one that was parsed, type-checked and found to hold nothing
// that might differ between machines.
type expression struct {
	program cel.Program
	typ     *declared
	inputs  []string // what it reads, as paths such as offer.price.amount, sorted
}

// environment is what expressions of a schema see before any value of a rule.
func (s *schema) environment() (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	options := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(standard())),
		cel.CustomTypeAdapter(registry),
		cel.CustomTypeProvider(provider{s}),
		cel.CostModelVersion(1),
		cel.ParserRecursionLimit(100),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ExpressionNestingDepthLimit(100),
		cel.EnableHiddenAccumulatorName(true),
	}
	for _, m := range s.inputs.members {
		options = append(options, cel.Variable(m.name, m.typ.cel()))
	}
	return cel.NewCustomEnv(append(options, functions()...)...)
}

// A compiler compiles the expressions of one rule: each value widens what the
// next may use.
type compiler struct {
	schema *schema
	env    *cel.Env
	values []member
	shown  []string // inputs that stand in words
	limit  uint64   // of the cost of one expression
}

func (c *compiler) compile(at, source string) (*expression, error) {
	checked, issues := c.env.Compile(source)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, c.problem(at, first.Location.Line(), first.Location.Column(), first.Message)
	}
	w := walker{compiler: c, at: at, ast: checked.NativeRep()}
	if err := w.walk(w.ast.Expr()); err != nil {
		return nil, err
	}
	typ := c.schema.declaredOf(checked.OutputType())
	if typ == nil {
		return nil, w.refuse(w.ast.Expr(), "gives "+cel.FormatCELType(checked.OutputType())+", which rules do not hold")
	}
	program, err := c.env.Program(checked, cel.CostLimit(c.limit), cel.CostTracking(costs{}))
	if err != nil {
		return nil, publica.Problem(publica.Invalid, at, err.Error())
	}
	slices.Sort(w.paths)
	return &expression{program, typ, slices.Compact(w.paths)}, nil
}

// want compiles an expression that must be true or false.
func (c *compiler) want(at, source string) (*expression, error) {
	e, err := c.compile(at, source)
	if err == nil && e.typ.kind != boolKind {
		return nil, publica.Problem(publica.Invalid, at, "gives "+e.typ.String()+", not true or false").WithHint("compare it with something")
	}
	return e, err
}

// declare lets later expressions use a value.
func (c *compiler) declare(at, name string, typ *declared) error {
	if err := checkVariable(at, name); err != nil {
		return err
	}
	same := func(m member) bool { return m.name == name }
	if slices.ContainsFunc(c.values, same) || c.schema.inputs.index(name) >= 0 {
		return publica.Problem(publica.Invalid, at, fmt.Sprintf("%q stands twice", name)).WithHint("choose a name that is neither an input nor a value before")
	}
	env, err := c.env.Extend(cel.Variable(name, typ.cel()))
	if err != nil {
		return publica.Problem(publica.Invalid, at, err.Error())
	}
	c.env, c.values = env, append(c.values, member{name, typ})
	return nil
}

func (c *compiler) problem(at string, line, column int, message string) error {
	message, _, _ = strings.Cut(message, "\n")
	e := publica.Problem(publica.Invalid, at, fmt.Sprintf("line %d, column %d: %s", line, column+1, message))
	switch {
	case strings.Contains(message, "undeclared reference"):
		return e.WithHint("known here: " + strings.Join(c.known(), ", "))
	case strings.Contains(message, "undefined field"):
		return e.WithHint("see the members that the set declares for this record")
	case strings.Contains(message, "no matching overload"):
		return e.WithHint("both sides want the same type; there are integers, strings, true and false, records and lists, no maps and no fractions")
	case strings.Contains(message, "Syntax error"):
		return e.WithHint("want an expression of CEL, for example size(offer.parts) > 0")
	}
	return e.WithHint("spec/compliance.md says what expressions may hold")
}

// known are the names that an expression may use, sorted.
func (c *compiler) known() (names []string) {
	for _, m := range slices.Concat(c.schema.inputs.members, c.values) {
		names = append(names, m.name)
	}
	for _, f := range ours {
		names = append(names, f.name)
	}
	names = append(names, "permille", "size")
	slices.Sort(names)
	return names
}

// A walker goes through a checked expression, refuses what the type checker
// lets pass, and collects the inputs it reads.
type walker struct {
	*compiler
	at    string
	ast   *ast.AST
	bound []string // names that comprehensions around bind
	paths []string
}

func (w *walker) refuse(e ast.Expr, message string) error {
	l := w.ast.SourceInfo().GetStartLocation(e.ID())
	return w.problem(w.at, l.Line(), l.Column(), message)
}

func (w *walker) walk(e ast.Expr) error {
	if w.schema.declaredOf(w.ast.GetType(e.ID())) == nil && !isEmptyList(e) {
		return w.refuse(e, "is "+cel.FormatCELType(w.ast.GetType(e.ID()))+", which rules do not hold")
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return nil
	case ast.IdentKind:
		w.path(e.AsIdent(), "")
		return nil
	case ast.SelectKind:
		return w.selection(e)
	case ast.CallKind:
		return w.call(e)
	case ast.ListKind:
		return w.all(e.AsList().Elements()...)
	case ast.StructKind:
		for _, f := range e.AsStruct().Fields() {
			if err := w.walk(f.AsStructField().Value()); err != nil {
				return err
			}
		}
		return nil
	case ast.ComprehensionKind:
		return w.comprehension(e)
	}
	return w.refuse(e, "is nothing that rules may hold")
}

// isEmptyList tells the list that map and filter begin with; its type is that
// of what is put into it.
func isEmptyList(e ast.Expr) bool {
	return e.Kind() == ast.ListKind && e.AsList().Size() == 0
}

func (w *walker) all(list ...ast.Expr) error {
	for _, e := range list {
		if err := w.walk(e); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) path(root, rest string) {
	if w.schema.inputs.index(root) >= 0 && !slices.Contains(w.bound, root) {
		w.paths = append(w.paths, root+rest)
	}
}

// selection records the longest path from an input.
func (w *walker) selection(e ast.Expr) error {
	rest := ""
	for at := e; ; at = at.AsSelect().Operand() {
		switch at.Kind() {
		case ast.SelectKind:
			rest = "." + at.AsSelect().FieldName() + rest
			continue
		case ast.IdentKind:
			w.path(at.AsIdent(), rest)
			return nil
		}
		return w.walk(at)
	}
}

func (w *walker) call(e ast.Expr) error {
	call := e.AsCall()
	args := call.Args()
	if call.FunctionName() == operators.Add && w.ast.GetType(e.ID()).Kind() == cel.ListKind && !isAccumulator(args[0]) {
		return w.refuse(e, "joins lists, which rules cannot: they take what is wanted with map and filter")
	}
	if call.IsMemberFunction() {
		args = append([]ast.Expr{call.Target()}, args...)
	}
	return w.all(args...)
}

// isAccumulator tells the list that map and filter build: its name cannot be
// written in a rule.
func isAccumulator(e ast.Expr) bool {
	return e.Kind() == ast.IdentKind && strings.HasPrefix(e.AsIdent(), "@")
}

func (w *walker) comprehension(e ast.Expr) error {
	c := e.AsComprehension()
	if w.schema.inputs.index(c.IterVar()) >= 0 || slices.ContainsFunc(w.values, func(m member) bool { return m.name == c.IterVar() }) {
		return w.refuse(e, fmt.Sprintf("%s is the name of an input or value already", c.IterVar()))
	}
	if err := w.all(c.IterRange(), c.AccuInit()); err != nil {
		return err
	}
	w.bound = append(w.bound, c.IterVar())
	defer func() { w.bound = w.bound[:len(w.bound)-1] }()
	return w.all(c.LoopCondition(), c.LoopStep(), c.Result())
}

// names are the variables of a rule while it is evaluated.
type names struct {
	schema *schema
	input  *object
	values []member
	given  []ref.Val
}

// ResolveName finds a variable.
func (n *names) ResolveName(name string) (any, bool) {
	if i := n.schema.inputs.index(name); i >= 0 {
		return n.input.values[i], true
	}
	if i := slices.IndexFunc(n.values, func(m member) bool { return m.name == name }); i >= 0 && i < len(n.given) {
		return n.given[i], true
	}
	return nil, false
}

// Parent is none.
func (n *names) Parent() cel.Activation { return nil }
