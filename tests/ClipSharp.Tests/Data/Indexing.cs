using ClipSharp.Data;
using ClipSharp.Data.Batches;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;

namespace ClipSharp.Tests.Data;

/// <summary>Short ways to an index.</summary>
internal static class Indexing
{
    /// <summary>The index of tars, an empty one too.</summary>
    public static SampleIndex Gather(params string[] shards) => Gather(shards, new DataOptions());

    public static SampleIndex Gather(string[] shards, DataOptions options) => Gather(new WebDatasetSource(shards, options));

    public static SampleIndex Gather(ISampleSource source, SampleNeed need = SampleNeed.CaptionOrClass) =>
        SampleIndex.Gather(source, need, cancel: TestContext.Current.CancellationToken);

    /// <summary>The caption that goes with a picture.</summary>
    public static string Caption(this BatchPlan plan, PlannedSample planned, SampleIndex index) =>
        plan.Caption(planned, index.Texts((int)plan.CaptionOwner(planned.Sample)));

    public static SampleIndex Build(string pattern, DataOptions? options = null, SampleNeed need = SampleNeed.CaptionOrClass) =>
        SampleIndex.Build(SampleSources.Open(pattern, options ?? new DataOptions()), need,
            cancel: TestContext.Current.CancellationToken);
}

/// <summary>Files for a test.</summary>
internal static class TemporaryFiles
{
    public static string Write(this TemporaryFolder folder, string name, byte[] bytes)
    {
        var path = folder[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public static string Write(this TemporaryFolder folder, string name, string text) =>
        folder.Write(name, System.Text.Encoding.UTF8.GetBytes(text));
}
