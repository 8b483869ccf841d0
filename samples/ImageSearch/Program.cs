// Finds pictures of a folder by words: dotnet run -c Release --project samples/ImageSearch -- MODEL FOLDER "two dogs on snow"
// The index lies in FOLDER.index; a second run encodes only what is new or changed.
using ClipSharp;
using ClipSharp.Data;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Queries;
using ClipSharp.Torch;

if (args.Length < 3)
{
    Console.Error.WriteLine("Give a model, a folder of pictures and some words.");
    return (int)ClipError.Usage;
}

try
{
    var (model, pictures, words) = (args[0], args[1], args[2..]);
    var folder = Path.TrimEndingDirectorySeparator(pictures) + ".index";
    using var clip = TorchClip.Load(model);
    using (var update = IndexUpdate.Begin(folder, [pictures], new DataOptions()))
    {
        var summary = update.Run(clip, model);
        Console.WriteLine($"{summary.New} new, {summary.Pictures} in all");
    }

    using var index = PictureIndex.Open(folder);
    var query = SearchQuery.Parse(words); // also dog.jpg + 2:snow - leash
    foreach (var found in index.Search(query.Encode(clip), top: 10)[0])
    {
        Console.WriteLine($"{found.Score,7:0.000}  {found.Picture.Name}");
    }

    return 0;
}
catch (ClipException e)
{
    Console.Error.WriteLine(e.Message);
    return (int)e.Kind;
}
