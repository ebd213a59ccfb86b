package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what an operator watches. They live in a registry of their own,
// so that two nodes in one process (a test) do not meet.
type metrics struct {
	registry    *prometheus.Registry
	requests    *prometheus.CounterVec
	seconds     *prometheus.HistogramVec
	submissions *prometheus.CounterVec
}

func newMetrics(reg Register) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "publica_http_requests_total", Help: "Requests answered, by route and status."}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "publica_http_request_seconds", Help: "Time to answer, by route.",
			Buckets: []float64{.001, .005, .02, .1, .5, 2, 10}}, []string{"route"}),
		submissions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "publica_submissions_total", Help: "Entries submitted, by outcome: promised, logged, or the problem's code."}, []string{"outcome"}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.submissions)
	gauge := func(name, help string, f func(*Status) float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help},
			func() float64 { return f(reg.Status()) }))
	}
	gauge("publica_log_size", "Leaves in the signed log.", func(s *Status) float64 { return float64(s.Size) })
	gauge("publica_height", "Height of the last block.", func(s *Status) float64 { return float64(s.Height) })
	gauge("publica_shown_size", "Log size up to which pages are projected.", func(s *Status) float64 { return float64(s.Shown) })
	gauge("publica_pool_depth", "Submissions promised and not yet on the log.", func(s *Status) float64 { return float64(s.Pool) })
	gauge("publica_sealed_timestamp_seconds", "Block time of the last seal.", func(s *Status) float64 { return float64(s.Time) / 1000 })
	return m
}

// A Measure is a number at /metrics that something outside the pages counts.
type Measure struct {
	Name, Help string
	Labels     map[string]string // tell apart numbers of one name
	Counter    bool              // it only grows
	Value      func() float64    // must not block
}

// Measure shows a number at /metrics. No two may have the same name and labels.
func (s *Site) Measure(m Measure) {
	if m.Counter {
		s.metrics.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: m.Name, Help: m.Help, ConstLabels: m.Labels}, m.Value))
		return
	}
	s.metrics.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: m.Name, Help: m.Help, ConstLabels: m.Labels}, m.Value))
}

func (m *metrics) observe(r *http.Request, status int, took time.Duration) {
	if status == 0 {
		status = http.StatusOK
	}
	// The pattern, never the path: a path is the client's to choose.
	route := orElse(r.Pattern, "none")
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

func (s *Site) mountHealth() {
	s.handle("GET /healthz", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		plainText(w, http.StatusOK, "ok")
	}))
	s.handle("GET /readyz", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		st := s.register.Status()
		if !st.Ready {
			w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
			plainText(w, http.StatusServiceUnavailable, "not ready: "+orElse(st.NotReady, "starting"))
			return
		}
		plainText(w, http.StatusOK, "ready")
	}))
	s.handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
}

func plainText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	send(w, []byte(text+"\n"))
}
