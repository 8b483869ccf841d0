using ClipSharp.Files;

namespace ClipSharp.ZeroShot;

/// <summary>Keeps classifiers on disk, a <see cref="ClassifierFile"/> each, named by <see cref="ClassifierKey.Hash"/>: the texts
/// of a model are encoded once (paper 3.1.2). Removing the folder is always safe. Several processes may use it at once.</summary>
/// <param name="folder">Where the files lie, made when needed; null = nowhere: nothing is kept.</param>
public sealed class ClassifierCache(string? folder)
{
    /// <summary>The user's: <c>classifiers</c> in CLIPSHARP_CACHE, else in <c>clipsharp</c> in XDG_CACHE_HOME or <c>~/.cache</c>
    /// (on Windows in the local application data). A user without a home has a cache that keeps nothing.</summary>
    public static ClassifierCache OfUser() => new(UserFolder(Environment.GetEnvironmentVariable));

    internal static string? UserFolder(Func<string, string?> environment) =>
        UserCache.Own(environment) is { } own ? Path.Combine(own, "classifiers") : null;

    /// <summary>Why the last classifier that was built is not kept; null when it is.</summary>
    public string? NotKept { get; private set; }

    /// <summary>The classifier of a key: read when it is there and sound, else built and stored.</summary>
    /// <param name="key">What it depends on.</param>
    /// <param name="build">Builds it.</param>
    /// <param name="isReused">Whether it was read.</param>
    public ZeroShotClassifier GetOrBuild(ClassifierKey key, Func<ZeroShotClassifier> build, out bool isReused)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(build);
        if (folder is null)
        {
            NotKept = "there is no home folder";
            isReused = false;
            return build();
        }

        var path = Path.Combine(folder, key.Hash() + ".safetensors");
        var classifier = TryRead(path, key.Prompts.Names);
        isReused = classifier is not null;
        if (classifier is null)
        {
            classifier = build();
            NotKept = TryStore(path, classifier, key.Model);
        }

        return classifier;
    }

    private static ZeroShotClassifier? TryRead(string path, IReadOnlyList<string> names)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            var (classifier, _) = ClassifierFile.Read(path); // of this model, by the name of the file
            return classifier.Names.SequenceEqual(names) ? classifier : null;
        }
        catch (ClipException)
        {
            return null; // damaged: built anew
        }
    }

    /// <returns>Why it could not be kept.</returns>
    private static string? TryStore(string path, ZeroShotClassifier classifier, string model)
    {
        try
        {
            ClassifierFile.Write(path, classifier, model);
            return null;
        }
        catch (ClipException e)
        {
            // a full or read-only disk costs the time of building again, not the result
            return e.InnerException?.Message ?? e.Message;
        }
    }
}
