package compliance

import (
	"errors"
	"fmt"
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// An object is a value of a record type: its members in declared order, nil
// where one is not given. It is how rules see records without maps.
type object struct {
	rec    *record
	values []ref.Val
}

// An absence is the error of reading a member that is not given.
type absence struct{ rec, member string }

func (a *absence) Error() string { return fmt.Sprintf("%s of %s is not given", a.member, a.rec) }

func (r *record) cel() *cel.Type { return types.NewObjectType(r.name, traits.FieldTesterType) }

func (o *object) get(name string) (ref.Val, error) {
	i := o.rec.index(name)
	if i < 0 {
		return nil, fmt.Errorf("%s has no member %s", o.rec.name, name)
	}
	if o.values[i] == nil {
		return nil, &absence{o.rec.name, name}
	}
	return o.values[i], nil
}

// ConvertToNative is refused: rules see no type of Go.
func (o *object) ConvertToNative(reflect.Type) (any, error) {
	return nil, errors.New("a record has no other form")
}

// ConvertToType is refused for every type but its own.
func (o *object) ConvertToType(t ref.Type) ref.Val {
	if t.TypeName() == o.rec.name {
		return o
	}
	return types.NewErr("a record is no %s", t.TypeName())
}

// Equal compares member by member; what is not given equals what is not given.
func (o *object) Equal(other ref.Val) ref.Val {
	p, ok := other.(*object)
	return types.Bool(ok && p.rec == o.rec && compareObjects(o, p) == 0)
}

// Type is the record's.
func (o *object) Type() ref.Type { return o.rec.cel() }

// Value is the object itself.
func (o *object) Value() any { return o }

// IsSet says whether a member is given, for has().
func (o *object) IsSet(field ref.Val) ref.Val {
	i := o.rec.index(string(field.(types.String)))
	return types.Bool(i >= 0 && o.values[i] != nil)
}

// Get returns a member.
func (o *object) Get(index ref.Val) ref.Val {
	v, err := o.get(string(index.(types.String)))
	if err != nil {
		return types.WrapErr(err)
	}
	return v
}

// A provider tells the engine of the declared records, and of nothing else.
type provider struct{ schema *schema }

func (p provider) EnumValue(name string) ref.Val {
	return types.NewErr("there is no constant %s", name)
}

func (p provider) FindIdent(string) (ref.Val, bool) { return nil, false }

func (p provider) FindStructType(name string) (*types.Type, bool) {
	if r := p.schema.record(name); r != nil {
		return types.NewTypeTypeWithParam(r.cel()), true
	}
	return nil, false
}

func (p provider) FindStructFieldNames(name string) (names []string, found bool) {
	r := p.schema.record(name)
	if r == nil {
		return nil, false
	}
	for _, m := range r.members {
		names = append(names, m.name)
	}
	return names, true
}

func (p provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	r := p.schema.record(name)
	if r == nil {
		return nil, false
	}
	i := r.index(field)
	if i < 0 {
		return nil, false
	}
	return &types.FieldType{
		Type: r.members[i].typ.cel(),
		IsSet: func(target any) bool {
			o, ok := target.(*object)
			return ok && o.rec == r && o.values[i] != nil
		},
		GetFrom: func(target any) (any, error) {
			o, ok := target.(*object)
			if !ok {
				return nil, fmt.Errorf("%s is read of what is no %s", field, name)
			}
			return o.get(field)
		},
	}, true
}

// NewValue makes the value of an expression such as Money{currency: "USD", amount: 5}.
func (p provider) NewValue(name string, fields map[string]ref.Val) ref.Val {
	r := p.schema.record(name)
	if r == nil {
		return types.NewErr("there is no record %s", name)
	}
	o := &object{r, make([]ref.Val, len(r.members))}
	for i, m := range r.members {
		o.values[i] = fields[m.name]
	}
	return o
}
