using System.Globalization;
using System.Text.Json.Serialization;
using ClipSharp.Cli.Rendering.Progress;
using ClipSharp.ZeroShot;

namespace ClipSharp.Cli.Rendering;

/// <summary>Prints what pictures are taken for: a table at the end, or a JSON object a picture at once.</summary>
internal sealed class PictureNames : IDisposable
{
    private const int BarWidth = 24;

    private readonly Output _output;
    private readonly bool _isJson;
    private readonly bool _isSigmoid;
    private readonly List<IReadOnlyList<string>> _rows = [];
    private readonly ProgressLine? _progress;
    private ClipError? _refusal;
    private int _done;

    /// <param name="output">Where to.</param>
    /// <param name="isJson">A JSON object a picture.</param>
    /// <param name="count">How many pictures there are.</param>
    /// <param name="isSigmoid">Whether each name has a probability of its own: then the table says yes or no.</param>
    public PictureNames(Output output, bool isJson, int count, bool isSigmoid = false)
    {
        (_output, _isJson, _isSigmoid) = (output, isJson, isSigmoid);
        _progress = isJson && output.IsTerminal ? null : output.Progress("Naming", "pictures", count);
    }

    /// <summary>0, or the code of the first picture that could not be used.</summary>
    public int ExitCode => (int?)_refusal ?? 0;

    /// <summary>Takes some pictures with their names, likeliest first.</summary>
    /// <param name="files">The pictures.</param>
    /// <param name="names">Of each the names.</param>
    /// <param name="noneOf">Whether a picture is none of the names, by the likeliest; null = nobody asks.</param>
    public void Add(IReadOnlyList<string> files, IReadOnlyList<IReadOnlyList<Prediction>> names,
        Func<Prediction, bool?>? noneOf = null)
    {
        foreach (var (image, top) in files.Zip(names))
        {
            var isNone = noneOf?.Invoke(top[0]);
            if (_isJson)
            {
                _output.Json(new NamedPicture(image, top, isNone, _isSigmoid ? true : null), NamedPictureJson.Default.NamedPicture);
            }

            _rows.AddRange(isNone is true ? [[image, "(none of these)", "", "", .. Answer(null)]] : (string[][])[]);
            _rows.AddRange(top.Select((prediction, place) => Row(place == 0 && isNone is not true ? image : "", prediction)));
        }

        _progress?.Report(_done += files.Count);
    }

    /// <summary>Tells of a picture that cannot be used.</summary>
    public void Refuse(ClipException fault)
    {
        _refusal ??= fault.Kind;
        _done++;
        _progress?.Dispose();
        _output.Error(fault.Message);
    }

    /// <summary>Ends the progress line and prints the table.</summary>
    public void Dispose()
    {
        _progress?.Dispose();
        if (!_isJson && _rows.Count > 0)
        {
            _output.Table(
                [new("picture"), new("label"), new("probability", IsNumber: true), new(""),
                    .. _isSigmoid ? [new Column("applies")] : (Column[])[]], _rows);
        }
    }

    private string[] Row(string picture, Prediction prediction) =>
    [
        picture, prediction.Label, prediction.Probability.ToString("0.0%", CultureInfo.InvariantCulture),
        Bars.Of(prediction.Probability, BarWidth), .. Answer(prediction.Probability),
    ];

    private string[] Answer(double? probability) => !_isSigmoid ? [] : [probability switch { null => "", >= 0.5 => "yes", _ => "no" }];
}

/// <summary>A line of <c>--json</c>.</summary>
/// <param name="Image">The file as given.</param>
/// <param name="Predictions">Likeliest first.</param>
/// <param name="NoneOfThese">Whether even the likeliest is too unlikely; null where that was not asked.</param>
/// <param name="Sigmoid">True where each probability stands by itself; null where they sum to 1.</param>
internal sealed record NamedPicture(string Image, IReadOnlyList<Prediction> Predictions, bool? NoneOfThese, bool? Sigmoid);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NamedPicture))]
internal sealed partial class NamedPictureJson : JsonSerializerContext;
