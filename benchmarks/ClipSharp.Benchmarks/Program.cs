using System.CommandLine;
using System.Globalization;
using ClipSharp.Benchmarks;
using ClipSharp.Benchmarks.Suite;
using ClipSharp.Host;

ProcessTuning.Apply();
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

// What measures one thing, each with arguments of its own. All that the documents say of speed is in the suite.
var studies = new Dictionary<string, Func<string[], Task>>
{
    [Engines.Argument] = Alone(Engines.Run),
    [WeightFormats.Argument] = Alone(WeightFormats.Run),
    [Loading.Argument] = Alone(Loading.Run),
    [DataScale.Argument] = Alone(DataScale.Run),
    [Invariance.Argument] = Alone(Invariance.Run),
    [SearchSpeed.Argument] = Alone(SearchSpeed.Run),
    [RetrievalSpeed.Argument] = Alone(RetrievalSpeed.Run),
    [ProbeSpeed.Argument] = Alone(ProbeSpeed.Run),
    [OverlapCopies.Argument] = Alone(OverlapCopies.Run),
    [ServerLoad.Argument] = ServerLoad.RunAsync,
    [PostgresRecall.Argument] = PostgresRecall.RunAsync,
    [StepMemory.Argument] = Alone(StepMemory.Run),
    [MemoryGrowth.Argument] = Alone(MemoryGrowth.Run),
    [RankSteps.Argument] = Alone(RankSteps.Run),
};
if (args is [var name, .. var arguments] && studies.TryGetValue(name, out var study))
{
    await study(arguments);
    return 0;
}

return new RootCommand($"Figures of speed. Beside these commands: {string.Join(", ", studies.Keys)}.")
{
    SuiteCommand.Create(), ReportCommand.Create(),
}.Parse(args).Invoke();

static Func<string[], Task> Alone(Action<string[]> run) => arguments =>
{
    run(arguments);
    return Task.CompletedTask;
};
