using ClipSharp.Hub;

namespace ClipSharp.Models;

/// <summary>What to do where a text names no model on this disk: people give architectures, tags and the hub's names
/// too.</summary>
internal static class MissingModel
{
    private const string List = "clipsharp pull --list names published models";

    /// <summary>What an architecture's or a tag's name means; null for any other text.</summary>
    public static string? OfNoWeights(string name)
    {
        var isArchitecture = ModelPresets.Names.Any(
            preset => preset.Equals(name.Replace('/', '-'), StringComparison.OrdinalIgnoreCase));
        var published = PublishedModels.Of(name);
        var what = isArchitecture
            || published.Any(model => !model.Tag.Equals(name.Replace('-', '_'), StringComparison.OrdinalIgnoreCase))
            ? "an architecture, not weights" : "a tag of weights";
        return published.Count > 0
            ? $"{name} is {what}: clipsharp pull {published[0].Repo} fetches some{Others(published)}; then --model hf-hub:{published[0].Repo}."
            : isArchitecture ? $"{name} is {what}: clipsharp train --model {name} makes some; {List}."
            : null;
    }

    /// <summary>The remedy for a path at which nothing is.</summary>
    public static string Remedy(string path) => OfNoWeights(path) ?? OfHubName(path) ?? $"Check the path; {List}.";

    private static string Others(IReadOnlyList<PublishedModel> published) =>
        published.Count == 1 ? "" : $" (also {string.Join(", ", published.Skip(1).Select(model => model.Repo))})";

    // org/name is a path too, unless there is no such folder.
    private static string? OfHubName(string name)
    {
        var isAddress = name.StartsWith("http", StringComparison.OrdinalIgnoreCase);
        if (!isAddress && (name.Count(c => c == '/') != 1 || Path.Exists(name[..name.IndexOf('/', StringComparison.Ordinal)])))
        {
            return null;
        }

        try
        {
            var repo = HubRepo.Parse(name);
            return $"If this is a repository of the hub, fetch it with clipsharp pull {repo}; then it is --model hf-hub:{repo}.";
        }
        catch (ClipException)
        {
            return null;
        }
    }
}
