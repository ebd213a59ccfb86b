// Package currency is the one list of what money a tender may be in: the rules
// refuse any other. Where the decimal point of an amount stands package compliance
// knows.
//
// The list is that of ISO 4217 as it stands, without metals, test codes and what is
// out of use, as far as OCDS 1.1.5 knows it too: its codelist is closed, and a tender
// in another currency could never be published validly.
//
// The package must not know a tender or a register. A change here changes the law.
package currency

import (
	"slices"
	"strings"
)

const codes = `
	AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD
	CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
	GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK
	LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR
	PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SOS SRD SSP STN SVC SYP SZL THB
	TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW
`

// Known reports whether a code is that of a currency.
func Known(code string) bool { return slices.Contains(strings.Fields(codes), code) }
