package ocds

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"publica"
)

// Settings say which flags are computed and from where on. They can be read
// from a settings file of Cardinal ([ParseSettings]).
type Settings struct {
	Codes    []string // that are computed; nil means all
	Currency string   // the main currency; "" means that of the first bid that has one
	Least    int      // values without which no fence is computed; Cardinal computes one from a single value

	// SelfDeclared says that tenderers name themselves, and nobody checked it before
	// they did: what a bid says of them counts if it meets what the tender requires.
	SelfDeclared bool

	Excluded          []string // tender/procurementMethodDetails of processes to leave out
	NoPriceComparison []string // those whose prices mean nothing
	PriceComparison   []string // if any, only those whose prices mean something

	R003 struct {
		Threshold int            // days
		Methods   []string       // procurement methods; none means all
		ByDetails map[string]int // days by procurementMethodDetails
	}
	R018 struct {
		Methods []string // procurement methods that ask for competition
	}
	R024 struct {
		Threshold *big.Rat // instead of the fence
	}
	R025 struct {
		Percentile int
		Threshold  *big.Rat
	}
	R035 struct {
		Threshold int // others that were disqualified
	}
	R038 struct {
		Threshold        *big.Rat
		MinimumBids      int // of a tenderer
		MinimumProcesses int // of a buyer or procuring entity; counted in bids
	}
	R048 struct {
		Digits           int
		Threshold        *big.Rat
		MinimumProcesses int
	}
	R058 struct {
		Threshold *big.Rat
	}
}

// DefaultSettings are Cardinal's.
func DefaultSettings() (s Settings) {
	s.R003.Threshold = 15
	s.R018.Methods = []string{"open", "selective"}
	s.R025.Percentile = 75
	s.R035.Threshold = 1
	s.R038.MinimumBids, s.R038.MinimumProcesses = 2, 2
	s.R048.Digits, s.R048.MinimumProcesses = 2, 20
	return s
}

func (s Settings) wants(code string) bool { return s.Codes == nil || slices.Contains(s.Codes, code) }

// excludes reports whether a process is left out of everything.
func (s Settings) excludes(p *process) bool {
	return p.At("tender", "status").Str() == "cancelled" || slices.Contains(s.Excluded, p.At("tender", "procurementMethodDetails").Str())
}

func (s Settings) comparesPrices(p *process) bool {
	details := p.At("tender", "procurementMethodDetails").Str()
	return !slices.Contains(s.NoPriceComparison, details) &&
		(len(s.PriceComparison) == 0 || slices.Contains(s.PriceComparison, details))
}

// ParseSettings reads a settings file of Cardinal: a section for each flag that
// is to be computed, all if there is none, and what differs from the usual.
// Sections of Cardinal's other commands are passed over. It fails with a
// [publica.Error] that names the line.
//
//	currency = USD
//	[R003]
//	threshold = 10
func ParseSettings(text []byte) (Settings, error) {
	s, section, n := DefaultSettings(), "", 0
	for line := range bytes.Lines(text) {
		n++
		word := strings.TrimSpace(string(line))
		if word == "" || word[0] == ';' || word[0] == '#' {
			continue
		}
		if name, ok := strings.CutPrefix(word, "["); ok {
			section = strings.TrimSuffix(name, "]")
			if isFlag(section) {
				s.Codes = append(s.Codes, section)
			}
			continue
		}
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return s, publica.Problem(publica.Malformed, fmt.Sprintf("line %d", n), "is neither a section nor a setting").WithHint("as [R003] or threshold = 15")
		}
		key = strings.TrimSpace(key)
		if err := s.set(section, key, strings.TrimSpace(value)); err != nil {
			return s, publica.Problem(publica.Invalid, fmt.Sprintf("line %d", n), fmt.Sprintf("%s: %v", key, err)).WithHint("see https://cardinal.readthedocs.io for the settings of each indicator")
		}
	}
	return s, nil
}

func isFlag(code string) bool {
	return slices.ContainsFunc(FlagInfos, func(i FlagInfo) bool { return i.Code == code })
}

// set gives one setting its value.
func (s *Settings) set(section, key, value string) error {
	if section == "R003.procurement_method_details" {
		days, err := whole(value)
		if s.R003.ByDetails == nil {
			s.R003.ByDetails = map[string]int{}
		}
		s.R003.ByDetails[key] = days
		return err
	}
	name := strings.TrimPrefix(section+"."+key, ".")
	if !isFlag(section) && section != "" && section != "exclusions" {
		return nil
	}
	list, number, ratio := s.targets()
	switch {
	case list[name] != nil:
		*list[name] = strings.Split(value, "|")
		return nil
	case number[name] != nil:
		n, err := whole(value)
		*number[name] = n
		return err
	case ratio[name] != nil:
		r, ok := new(big.Rat).SetString(value)
		if !ok || wide(value) {
			return fmt.Errorf("%q is no number", value)
		}
		*ratio[name] = r
		return nil
	case name == "currency":
		s.Currency = value
		return nil
	case name == "self_declared":
		yes, err := strconv.ParseBool(value)
		s.SelfDeclared = yes
		return err
	}
	return fmt.Errorf("is no setting of %q", section)
}

// targets are the settings by their names in the file.
func (s *Settings) targets() (lists map[string]*[]string, numbers map[string]*int, ratios map[string]**big.Rat) {
	lists = map[string]*[]string{
		"exclusions.procurement_method_details":   &s.Excluded,
		"no_price_comparison_procurement_methods": &s.NoPriceComparison,
		"price_comparison_procurement_methods":    &s.PriceComparison,
		"R003.procurement_methods":                &s.R003.Methods,
		"R018.procurement_methods":                &s.R018.Methods,
	}
	numbers = map[string]*int{
		"least":                              &s.Least,
		"R003.threshold":                     &s.R003.Threshold,
		"R025.percentile":                    &s.R025.Percentile,
		"R035.threshold":                     &s.R035.Threshold,
		"R038.minimum_submitted_bids":        &s.R038.MinimumBids,
		"R038.minimum_contracting_processes": &s.R038.MinimumProcesses,
		"R048.digits":                        &s.R048.Digits,
		"R048.minimum_contracting_processes": &s.R048.MinimumProcesses,
	}
	ratios = map[string]**big.Rat{
		"R024.threshold": &s.R024.Threshold,
		"R025.threshold": &s.R025.Threshold,
		"R038.threshold": &s.R038.Threshold,
		"R048.threshold": &s.R048.Threshold,
		"R058.threshold": &s.R058.Threshold,
	}
	return lists, numbers, ratios
}

// whole reads a whole number that is not negative.
func whole(value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > 1<<20 {
		return 0, fmt.Errorf("%q is no whole number from 0 to 1048576", value)
	}
	return n, nil
}
