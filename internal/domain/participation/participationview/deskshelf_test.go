package participationview

import (
	"context"
	"errors"
	"testing"

	"publica"
)

// TestShelf begins work that outlasts who waits for it, sees how far it is, and finds
// its result when it is done; a failure is told once and the work begun again.
func TestShelf(t *testing.T) {
	s := shelf[int]{room: make(chan struct{}, 1)}
	docket, ended := publica.DocketID{1}, make(chan struct{})
	long := func(ctx context.Context, far *progress) (int, int64, error) {
		far.total.Store(10)
		far.done.Store(4)
		<-ended
		return 7, 20, nil
	}
	asked, leave := context.WithCancel(t.Context())
	latest, _, far, err := s.of(asked, docket, 20, long)
	leave() // who began it goes away
	if latest != nil || far == nil || far.total.Load() != 10 || far.done.Load() != 4 || err != nil {
		t.Fatalf("%v %v %v", latest, far, err)
	}
	if p := far.shown(nil); p.Done != 4 || p.Total != 10 {
		t.Errorf("%+v", p)
	}
	other := make(chan error, 1) // waits for its turn
	go func() {
		_, _, _, err := s.of(t.Context(), publica.DocketID{2}, 1, func(context.Context, *progress) (int, int64, error) {
			select {
			case <-ended:
			default:
				t.Error("two pieces of work at once")
			}
			return 0, 1, nil
		})
		other <- err
	}()
	close(ended)
	for latest == nil {
		if latest, _, _, err = s.of(t.Context(), docket, 20, long); err != nil {
			t.Fatal(err)
		}
	}
	if *latest != 7 {
		t.Errorf("%d", *latest)
	}
	if err := <-other; err != nil {
		t.Error(err)
	}
	broken := errors.New("broken")
	fails := func(context.Context, *progress) (int, int64, error) { return 0, 0, broken }
	if latest, restsOn, _, err := s.of(t.Context(), docket, 21, fails); !errors.Is(err, broken) || *latest != 7 || restsOn != 20 {
		t.Errorf("%v %d %v", latest, restsOn, err)
	}
	if latest, _, _, err := s.of(t.Context(), docket, 21, func(context.Context, *progress) (int, int64, error) { return 8, 21, nil }); err != nil || *latest != 8 {
		t.Errorf("%v %v", latest, err)
	}
	for i := range byte(2 * onShelf) {
		if _, _, _, err := s.of(t.Context(), publica.DocketID{9, i}, 1, func(context.Context, *progress) (int, int64, error) { return 1, 1, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.all) != onShelf {
		t.Errorf("%d results are kept", len(s.all))
	}
}
