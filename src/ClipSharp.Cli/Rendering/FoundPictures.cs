using System.Globalization;
using System.Text.Json.Serialization;
using ClipSharp.Cli.Commands;
using ClipSharp.Cli.Rendering.Terminal;
using ClipSharp.Cli.Reports;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Updates;

namespace ClipSharp.Cli.Rendering;

/// <summary>What a search found, on the terminal.</summary>
internal static class FoundPictures
{
    /// <summary>Pictures with their scores, best first.</summary>
    public static void Show(IReadOnlyList<FoundPicture> found, SearchOptions options, Output output)
    {
        if (options.IsJson)
        {
            foreach (var (picture, score) in found)
            {
                output.Json(new FoundLine(picture.Place, picture.Key, score, picture.Caption, picture.Length, picture.Modified),
                    FoundJson.Default.FoundLine);
            }
        }
        else if (options.PathsOnly)
        {
            foreach (var (picture, _) in found)
            {
                output.Line(picture.Name);
            }
        }
        else if (found.Count > 0)
        {
            var thumbnails = new Thumbnails(PictureGrid.Side);
            output.Pictures(options.Pictures, () => [.. found.Select(hit => thumbnails.OrGrey(hit.Picture))]);
            output.Table([new("score", IsNumber: true), new("picture")],
                found.Select(hit => (IReadOnlyList<string>)[Score(hit.Score), Shown(hit.Picture.Name)]),
                [.. found.Select(hit => new Uri(Path.GetFullPath(hit.Picture.Place)))]);
        }

        if (found.Count == 0)
        {
            output.Note("Nothing was found: no picture fits the filters and scores enough.");
        }
    }

    /// <summary>Groups of pictures that look alike, a blank line between two.</summary>
    public static void ShowGroups(IReadOnlyList<(float Least, IReadOnlyList<IndexedPicture> Pictures)> groups,
        SearchOptions options, Output output)
    {
        foreach (var (least, pictures) in groups)
        {
            if (options.IsJson)
            {
                output.Json(new GroupLine(least, [.. pictures.Select(picture => picture.Name)]), FoundJson.Default.GroupLine);
                continue;
            }

            if (!options.PathsOnly)
            {
                output.Line(string.Create(CultureInfo.InvariantCulture, $"{pictures.Count:N0} alike, {Score(least)} or more"));
            }

            foreach (var picture in pictures)
            {
                output.Line(options.PathsOnly ? picture.Name : Shown(picture.Name));
            }

            output.Line();
        }

        var all = groups.Sum(group => group.Pictures.Count);
        output.Note(string.Create(CultureInfo.InvariantCulture,
            $"{groups.Count:N0} {(groups.Count == 1 ? "group" : "groups")} of {all:N0} pictures"));
    }

    // As short as a person types it; programs get full paths.
    private static string Shown(string path) => CombinedSource.IsBelow(path, Environment.CurrentDirectory)
        ? Path.GetRelativePath(Environment.CurrentDirectory, path)
        : path;

    private static string Score(float score) => score.ToString("0.000", CultureInfo.InvariantCulture);
}

/// <summary>A line of <c>--json</c>.</summary>
internal sealed record FoundLine(string Place, string Key, float Score, string? Caption, long Size, DateTime Modified);

/// <summary>A group as a line of <c>--json</c>.</summary>
internal sealed record GroupLine(float LeastScore, IReadOnlyList<string> Pictures);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FoundLine))]
[JsonSerializable(typeof(GroupLine))]
internal sealed partial class FoundJson : JsonSerializerContext;
