using ClipSharp.Data.Captions;

namespace ClipSharp.Data.Sources;

/// <summary>Single picture files, each with a <c>.txt</c> or <c>.json</c> of the same name beside it where there is one. The key
/// is the path as given.</summary>
/// <param name="files">Paths, in reading order.</param>
/// <param name="options">Which extensions are texts, and what a caption is.</param>
public sealed class PictureFilesSource(IReadOnlyList<string> files, DataOptions options) : ISampleSource
{
    private readonly SideTexts _beside = new(options);

    /// <inheritdoc/>
    public IReadOnlyList<string> Places => files;

    /// <inheritdoc/>
    public IEnumerable<SourceSample> Read(CancellationToken cancel = default) =>
        files.Select(file => FolderSource.Sample(file, file, _beside, options));
}
