package tender

// ReleasesAndWhole is for tests.
var ReleasesAndWhole = releases
