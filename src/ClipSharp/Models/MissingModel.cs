using ClipSharp.Hub;

namespace ClipSharp.Models;

/// <summary>What to do where a text names no model on this disk: people give architectures, tags and the hub's names
/// too.</summary>
internal static class MissingModel
{
    private const string List = "clipsharp pull --list names published models";

    /// <summary>What the name of an architecture, of a tag or of both means; null for any other text.</summary>
    public static string? OfNoWeights(string name)
    {
        if (PublishedModels.Named(name) is { } named)
        {
            return $"{name} is published: clipsharp pull {name} fetches it; then --model hf-hub:{named.Repo}.";
        }

        if (Known(ModelPresets.RefusedNames, name) is { } refused)
        {
            return $"{refused} is an architecture that is not computed here: {string.Join(", ", ModelPresets.WhyRefused(refused))}.";
        }

        if (name.LastIndexOf('/') is var slash and > 0 && Known(ModelPresets.Names, name[..slash]) is { } tagged)
        {
            var tags = string.Join(", ", PublishedModels.Of(tagged).Select(model => model.Tag));
            return $"Of {tagged} {(tags.Length > 0 ? $"these weights are known: {tags}" : "no published weights are known")}; {List}.";
        }

        var isArchitecture = Known(ModelPresets.Names, name) is not null;
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

    private static string? Known(IEnumerable<string> names, string asked) => names.FirstOrDefault(
        name => name.Equals(ModelPresets.Spelled(asked), StringComparison.OrdinalIgnoreCase));

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
