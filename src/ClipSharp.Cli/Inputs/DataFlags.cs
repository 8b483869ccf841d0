using System.CommandLine;
using ClipSharp.Data;
using ClipSharp.Data.Sources;

namespace ClipSharp.Cli.Inputs;

/// <summary>The options that say how data is read, with open_clip's names; bound to <see cref="DataOptions"/>.</summary>
internal sealed class DataFlags
{
    private static readonly DataOptions Standard = new();

    private readonly Option<string> _datasetType = new("--dataset-type")
    {
        Description = "auto (by the name), webdataset, csv, folder or files.",
        HelpName = "kind",
        DefaultValueFactory = _ => Standard.DatasetType,
    };

    private readonly Option<string> _imgKey = new("--csv-img-key")
    {
        Description = "The CSV column of picture paths; usual names are found.",
        HelpName = "column",
        DefaultValueFactory = _ => Standard.CsvImgKey,
    };

    private readonly Option<string> _captionKey = new("--csv-caption-key")
    {
        Description = "The CSV column of captions; usual names are found.",
        HelpName = "column",
        DefaultValueFactory = _ => Standard.CsvCaptionKey,
    };

    private readonly Option<string> _separator = new("--csv-separator")
    {
        Description = "The character between CSV fields; if not given, told by the first line.",
        HelpName = "char",
    };

    public DataFlags(Command command)
    {
        _datasetType.OneOf([.. SampleSources.DatasetTypes]);
        foreach (var option in new Option[] { _datasetType, _imgKey, _captionKey, _separator })
        {
            command.Options.Add(option);
        }
    }

    public DataOptions Bind(ParseResult parsed) => new()
    {
        DatasetType = parsed.GetValue(_datasetType)!,
        CsvImgKey = parsed.GetValue(_imgKey)!,
        CsvCaptionKey = parsed.GetValue(_captionKey)!,
        CsvSeparator = parsed.GetValue(_separator) ?? Standard.CsvSeparator,
    };
}
