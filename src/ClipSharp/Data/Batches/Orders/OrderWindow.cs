namespace ClipSharp.Data.Batches.Orders;

/// <summary>Samples of one part, one behind the other.</summary>
/// <param name="First">The first.</param>
/// <param name="Count">How many.</param>
internal readonly record struct RunOfSamples(long First, int Count);

/// <summary>What is read for some batches, before it is shuffled.</summary>
/// <param name="FirstStep">The first batch.</param>
/// <param name="Steps">How many.</param>
/// <param name="Runs">The runs, lane after lane, each from front to back, as in <see cref="OrderWindow"/>.</param>
/// <param name="Lanes">Of each run the rows of a batch that its lane fills.</param>
internal sealed record WindowRuns(long FirstStep, long Steps, IReadOnlyList<RunOfSamples> Runs, IReadOnlyList<Range> Lanes);

/// <summary>Some batches one after the other, and what is read for them: each run from front to back, once.</summary>
/// <param name="FirstStep">The first batch.</param>
/// <param name="Rows">[batches × B]: each place, and its run.</param>
/// <param name="Runs">What is read.</param>
internal sealed record OrderWindow(long FirstStep, (PlannedSample Planned, int Run)[] Rows, IReadOnlyList<RunOfSamples> Runs);
