// Names a picture: dotnet run -c Release --project samples/ZeroShot -- MODEL PICTURE LABEL LABEL ...
using ClipSharp;
using ClipSharp.Torch;

if (args.Length < 4)
{
    Console.Error.WriteLine("Give a model folder, a picture and two labels or more.");
    return (int)ClipError.Usage;
}

try
{
    using var clip = TorchClip.Load(args[0]);
    foreach (var prediction in clip.Classify(args[1], args[2..]))
    {
        Console.WriteLine($"{prediction.Probability,7:0.0%}  {prediction.Label}");
    }

    return 0;
}
catch (ClipException e)
{
    Console.Error.WriteLine(e.Message);
    return (int)e.Kind;
}
