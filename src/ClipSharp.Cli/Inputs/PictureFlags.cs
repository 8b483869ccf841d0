using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ClipSharp.Cli.Rendering;
using ClipSharp.Data.Pictures;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Cli.Inputs;

/// <summary>The options that say how pictures are read; bound to <see cref="PictureOptions"/>.</summary>
/// <param name="ofDataSets">Whether one unread picture of many would end the command.</param>
/// <param name="forModels">Whether pictures become a model's pixels, which are fewer than a large JPEG's.</param>
internal sealed class PictureFlags(bool ofDataSets, bool forModels = true)
{
    private readonly Option<long> _maxPixels = AtLeastOne(new("--max-pixels")
    {
        Description = SharedOptions.MaxPixelsText,
        HelpName = "n",
        DefaultValueFactory = _ => DecodeLimits.Default.MaxPixels,
    });

    private readonly Option<bool> _jpegDraft = new("--jpeg-draft") { Description = SharedOptions.JpegDraftText };

    private const string SkipReadErrors = "--skip-read-errors";

    private readonly Option<bool> _skipReadErrors = new(SkipReadErrors)
    {
        Description = "Go on where a disk fails at a picture, without it; else that ends the command.",
    };

    /// <summary>Adds the options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_maxPixels);
        if (forModels)
        {
            command.Options.Add(_jpegDraft);
        }

        if (ofDataSets)
        {
            command.Options.Add(_skipReadErrors);
        }
    }

    /// <summary>What was asked for; a picture that cannot be read is told on stderr at once.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="jpegShortSide">What <c>--jpeg-draft</c> leaves of a JPEG at least.</param>
    public PictureOptions Bind(ParseResult parsed, int jpegShortSide = 0)
    {
        var output = Output.Of(parsed);
        return new PictureOptions
        {
            Limits = DecodeLimits.Default with
            {
                MaxPixels = parsed.GetValue(_maxPixels),
                JpegShortSide = forModels && parsed.GetValue(_jpegDraft) ? jpegShortSide : 0,
            },
            SkipReadErrors = ofDataSets && parsed.GetValue(_skipReadErrors),
            OnReadError = skip => output.Note($"left out, as it could not be read: {skip}"),
        };
    }

    /// <summary>Whether a command line asks to go on where a disk fails.</summary>
    public static bool SkipsReadErrors(ParseResult parsed) => parsed.CommandResult.Children.OfType<OptionResult>()
        .Any(given => given.Option.Name == SkipReadErrors && given.GetValueOrDefault<bool>());

    /// <summary>Tells how many pictures lost greys on their way to the model; nothing where none did.</summary>
    public static void NoteGreys(Output output, ImagePreprocessor preprocessor) => NoteGreys(output, preprocessor.ClippedGreys);

    /// <inheritdoc cref="NoteGreys(Output, ImagePreprocessor)"/>
    public static void NoteGreys(Output output, long pictures)
    {
        if (pictures > 0)
        {
            output.Note(string.Create(CultureInfo.InvariantCulture, $"16-bit grey: of {pictures:N0} ")
                + (pictures == 1 ? "picture" : "pictures") + " all above 255 is white for the model, as the references have it;"
                + " --compat clipsharp keeps the high byte");
        }
    }

    private static Option<long> AtLeastOne(Option<long> option)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<long>() < 1)
            {
                result.AddError($"{option.Name} is at least 1.");
            }
        });
        return option;
    }
}
