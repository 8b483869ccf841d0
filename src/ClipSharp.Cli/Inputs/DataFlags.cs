using System.CommandLine;
using ClipSharp.Data;

namespace ClipSharp.Cli.Inputs;

/// <summary>The options that say how data is read, with open_clip's names; bound to <see cref="DataOptions"/>.</summary>
internal sealed class DataFlags
{
    private static readonly DataOptions Standard = new();

    private readonly Option<string> _datasetType = new("--dataset-type")
    {
        Description = "auto (by the name), webdataset, csv, parquet, folder or files.",
        HelpName = "kind",
        DefaultValueFactory = _ => Spelling.Of(Standard.DatasetType),
    };

    private readonly Option<string> _imgKey = new("--csv-img-key")
    {
        Description = "The CSV column of picture paths, or the Parquet column of pictures; usual names are found.",
        HelpName = "column",
        DefaultValueFactory = _ => Standard.CsvImgKey,
    };

    private readonly Option<string> _captionKey = new("--csv-caption-key")
    {
        Description = "The CSV or Parquet column of captions; usual names are found.",
        HelpName = "column",
        DefaultValueFactory = _ => Standard.CsvCaptionKey,
    };

    private readonly Option<string> _separator = new("--csv-separator")
    {
        Description = "The character between CSV fields; if not given, told by the first line.",
        HelpName = "char",
    };

    private readonly Option<string> _quote = new("--csv-quote")
    {
        Description = "none where quotes in a table are characters like others.",
        HelpName = "none",
    };

    private readonly Option<string> _imageKey = new("--image-key")
    {
        Description = "Endings of pictures in shards, the first that is there: \"jpg;input.png\".",
        HelpName = "endings",
    };

    private readonly Option<string> _textKey = new("--text-key")
    {
        Description = "Endings of the texts beside pictures, the first with a caption: \"txt;caption\".",
        HelpName = "endings",
    };

    private readonly Option<string> _jsonTextKey = new("--json-text-key")
    {
        Description = "Members of the .json beside a picture that hold its caption, the first with one.",
        HelpName = "members",
    };

    private readonly Option<bool> _captionLines = new("--caption-lines")
    {
        Description = "Each line of a text is a caption; else a text is one.",
    };

    private readonly Option<bool> _allowMissing = new("--allow-missing-shards")
    {
        Description = "Go on where shards of a range lack, and count them.",
    };

    private readonly Option<string> _shardCache = new("--shard-cache")
    {
        Description = SharedOptions.ShardCacheText,
        HelpName = "folder",
    };

    private readonly Option<double?> _shardCacheGigabytes = new("--shard-cache-gigabytes")
    {
        Description = SharedOptions.ShardCacheGigabytesText,
        HelpName = "n",
    };

    /// <param name="command">Gets the options.</param>
    /// <param name="captionLines">Whether the user says what a caption is; else the command does.</param>
    public DataFlags(Command command, bool captionLines = true)
    {
        _datasetType.OneOf(Spelling.Words<DatasetType>());
        Option[] captions = captionLines ? [_captionLines] : [];
        _shardCacheGigabytes.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<double?>() is not > 0)
            {
                result.AddError("--shard-cache-gigabytes is above 0.");
            }
        });
        foreach (var option in (Option[])[_datasetType, _imgKey, _captionKey, _separator, _quote, _imageKey, _textKey,
            _jsonTextKey, .. captions, _allowMissing, _shardCache,
            _shardCacheGigabytes])
        {
            command.Options.Add(option);
        }
    }

    public DataOptions Bind(ParseResult parsed) => new()
    {
        DatasetType = Spelling.Find<DatasetType>(parsed.GetValue(_datasetType)!)!.Value,
        CsvImgKey = parsed.GetValue(_imgKey)!,
        CsvCaptionKey = parsed.GetValue(_captionKey)!,
        CsvSeparator = parsed.GetValue(_separator) ?? Standard.CsvSeparator,
        CsvQuote = parsed.GetValue(_quote) ?? Standard.CsvQuote,
        ImageKeys = Keys(parsed, _imageKey, Standard.ImageKeys),
        TextKeys = Keys(parsed, _textKey, Standard.TextKeys),
        JsonTextKeys = Keys(parsed, _jsonTextKey, Standard.JsonTextKeys),
        CaptionLines = parsed.GetValue(_captionLines),
        AllowMissingShards = parsed.GetValue(_allowMissing),
        SkipReadErrors = PictureFlags.SkipsReadErrors(parsed),
        ShardCache = parsed.GetValue(_shardCache),
        ShardCacheBytes = DataOptions.Gibibytes(parsed.GetValue(_shardCacheGigabytes)),
        // What is read from stdin nobody has typed.
        AllowsCommands = parsed.Tokens.All(token => token.Value != PictureInputs.Stdin),
    };

    private static IReadOnlyList<string> Keys(ParseResult parsed, Option<string> option, IReadOnlyList<string> standard) =>
        parsed.GetValue(option) is { } given ? DataOptions.Keys(given) : standard;
}
