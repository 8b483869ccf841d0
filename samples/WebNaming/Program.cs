// Names uploaded pictures: dotnet run -c Release --project samples/WebNaming -- MODEL LABEL LABEL ...
// then: curl --data-binary @cat.jpg http://localhost:5000/name
using ClipSharp;
using ClipSharp.Extensions.AI;
using ClipSharp.Torch;

if (args.Length < 3)
{
    Console.Error.WriteLine("Give a model and two labels or more.");
    return (int)ClipError.Usage;
}

var (model, labels) = (args[0], args[1..]);
var builder = WebApplication.CreateSlimBuilder(); // listens on localhost:5000 unless ASPNETCORE_URLS says otherwise
builder.Services.AddClip(() => TorchClip.Load(model));
await using var app = builder.Build();

app.MapPost("/name", async (HttpRequest upload, Clip clip, CancellationToken cancel) =>
{
    try
    {
        return Results.Ok(await clip.ClassifyAsync(upload.Body, labels, cancel: cancel));
    }
    catch (ClipException e) when (e.Kind == ClipError.Data)
    {
        // the upload is at fault, not this program
        return Results.Problem(e.Message, statusCode: StatusCodes.Status400BadRequest);
    }
});

try
{
    // A wrong model ends the program here, and the first upload waits no longer than the others.
    await app.Services.GetRequiredService<Clip>().WarmUpAsync(labels);
}
catch (ClipException e)
{
    Console.Error.WriteLine(e.Message);
    return (int)e.Kind;
}

await app.RunAsync();
return 0;
