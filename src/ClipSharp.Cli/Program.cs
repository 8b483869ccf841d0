using System.CommandLine;
using System.Text;
using ClipSharp.Cli.Commands;
using ClipSharp.Cli.Commands.Evaluating;
using ClipSharp.Cli.Commands.Exchange;
using ClipSharp.Cli.Commands.Learning;
using ClipSharp.Cli.Commands.Prompting;
using ClipSharp.Cli.Rendering;
using ClipSharp.Data.Parquet;
using ClipSharp.Data.S3;
using ClipSharp.Host;
using ClipSharp.Images.Decoding;
using ClipSharp.Images.Magick;

namespace ClipSharp.Cli;

internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        ProcessTuning.Apply();
        if (arguments is ["quickstart", ..])
        {
            ProcessTuning.WaitAwakeIfIdle(); // before anything loads libtorch
        }

        ImageDecoder.Add(new MagickPictureDecoder()); // loads ImageMagick with the first HEIC, AVIF, TIFF or JPEG XL
        ParquetSource.Add(); // loads Parquet.Net with the first Parquet file
        S3Store.Add(); // makes a client with the first place of S3
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return await CommandLine.Run(Root(), arguments, Console.Out, Console.Error).ConfigureAwait(false);
    }

    /// <summary>All commands, grouped as the help lists them: a new command is one line here.</summary>
    internal static RootCommand Root() => new CommandTree(
        "CLIP for .NET: train it; name, find and compare pictures in plain words.",
        [
            new("Use a model",
            [
                QuickstartCommand.Create(),
                ZeroShotCommand.Create(),
                SimilarityCommand.Create(),
                EmbedCommand.Create(),
                IndexCommand.Create(),
                SearchCommand.Create(),
                ServeCommand.Create(),
                TokenizeCommand.Create(),
            ]),
            new("Train and measure",
            [
                TrainCommand.Create(),
                EvalCommand.Create(),
                ProbeCommand.Create(),
                PromptsCommand.Create(),
                ReportCommand.Create(),
                TokenizerCommand.Create(),
            ]),
            new("Data and weights",
            [
                PullCommand.Create(),
                DataCommand.Create(),
                PreprocessCommand.Create(),
                ModelsCommand.Create(),
                InspectCommand.Create(),
                ConvertCommand.Create(),
                ExportCommand.Create(),
            ]),
            new("This machine",
            [
                DoctorCommand.Create(),
            ]),
        ])
        .WithExample("clipsharp data synthesize -o shapes")
        .WithExample("clipsharp train --train-data shapes/train --caption-lines --val-data shapes/val --model ViT-Tiny-64 --epochs 10 --name first")
        .WithExample("clipsharp eval -m logs/first/checkpoints/epoch_10 --data shapes/heldout")
        .WithExample("clipsharp zeroshot -m logs/first/checkpoints/epoch_10 -i picture.png --labels \"red circle,blue square\"");
}
