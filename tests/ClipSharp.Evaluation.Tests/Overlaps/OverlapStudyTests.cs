using System.Text;
using System.Text.Json;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Overlaps;
using ClipSharp.Text;

namespace ClipSharp.Evaluation.Tests.Overlaps;

public sealed class OverlapStudyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WatchedEncoder _encoder = new(new ColourEncoder(BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"))));
    private readonly Clip _clip;

    public OverlapStudyTests()
    {
        _clip = new Clip(_encoder, TinyModel.Write(_folder["model"])) { BatchSize = 4 };
        // Training has pictures 0 to 19 in two shards.
        Shard("train/0.tar", Enumerable.Range(0, 10).Select(i => ($"t{i:00}", DrawnPictures.Draw(i).ToJpeg(95))));
        Shard("train/1.tar", Enumerable.Range(10, 10).Select(i => ($"t{i:00}", DrawnPictures.Draw(i).ToPng())));
        // The test set has two copies, one of equal pixels, one unreadable, and four that training has not.
        Shard("test/0.tar",
        [
            ("copy", DrawnPictures.Resized(DrawnPictures.Draw(3), 0.7).ToJpeg(60)),
            ("crop", DrawnPictures.Cropped(DrawnPictures.Draw(13), 0.95).ToJpeg(80)),
            ("equal", DrawnPictures.Draw(17).ToPng()),
            ("html", "<html>"u8.ToArray()),
            .. Enumerable.Range(100, 4).Select(i => ($"new{i}", DrawnPictures.Draw(i).ToJpeg(90))),
        ]);
    }

    public void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Copies_are_found_with_the_pictures_they_are_copies_of()
    {
        var report = Run();
        var set = report.Sets[0];
        Assert.Equal(20, report.TrainingPictures);
        Assert.Equal(7, set.Pictures.Count);
        Assert.Equal(1, set.Skipped[SkipReason.NotAPicture]);
        Assert.Equal(new Dictionary<string, string> { ["copy"] = "t03", ["crop"] = "t13", ["equal"] = "t17" },
            set.Pictures.Where(picture => picture.IsOverlap(report.Rule))
                .ToDictionary(picture => picture.Test.Id, picture => picture.Deciding(report.Rule).Training.Id));
        Assert.True(set.Pictures.Single(picture => picture.Test.Id == "equal").ByHash.IsIdentical);
        Assert.EndsWith("1.tar", set.Pictures.Single(picture => picture.Test.Id == "crop").ByHash.Training.File,
            StringComparison.Ordinal);
        Assert.Equal((3, 7), ((int)set.Overlap(report.Rule).Right, set.Overlap(report.Rule).Count));
    }

    [Fact]
    public void Equal_pixels_are_found_whatever_the_model_and_the_rule_say()
    {
        var report = Run(new OverlapRule(1, 0));
        Assert.Equal("equal", report.Sets[0].Pictures.Single(picture => picture.IsOverlap(report.Rule)).Test.Id);
    }

    [Fact]
    public void What_was_computed_is_kept_shard_by_shard()
    {
        Run();
        var encoded = _encoder.Pictures;
        Assert.Equal(27, encoded);
        Run(new OverlapRule(0.5, 100));
        Assert.Equal(encoded, _encoder.Pictures);

        // Another shard costs its own pictures only.
        Shard("train/2.tar", Enumerable.Range(20, 3).Select(i => ($"t{i:00}", DrawnPictures.Draw(i).ToPng())));
        Assert.Equal(23, Run().TrainingPictures);
        Assert.Equal(encoded + 3, _encoder.Pictures);
    }

    [Fact]
    public void A_study_that_was_stopped_goes_on_where_it_was()
    {
        using var stop = new CancellationTokenSource();
        _encoder.Before = () =>
        {
            if (_encoder.Pictures > 7 + 10) // the test set and the first shard
            {
                stop.Cancel();
            }
        };
        var study = new OverlapStudy(_clip, "tiny", new FeatureStore(_folder["features"]));
        Assert.ThrowsAny<OperationCanceledException>(() => study.Run(Plan(OverlapRule.Default), cancel: stop.Token));
        var before = _encoder.Pictures;
        Assert.Equal(20, Run().TrainingPictures);
        Assert.Equal(10, _encoder.Pictures - before); // the second shard
    }

    [Fact]
    public void Bad_training_shards_are_counted_and_none_at_all_is_refused()
    {
        File.WriteAllBytes(_folder["train/0.tar"], File.ReadAllBytes(_folder["train/0.tar"])[..20_000]);
        var report = Run();
        Assert.Contains(SkipReason.TruncatedShard, report.TrainingSkipped.Keys);
        Assert.InRange(report.TrainingPictures, 10, 19);

        Shard("none/0.tar", [("a", "<html>"u8.ToArray())]);
        var refusal = Assert.Throws<ClipException>(() => Run(train: "none"));
        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains("1 NotAPicture", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_of_pictures_and_single_files_may_be_training_data()
    {
        Directory.CreateDirectory(_folder["pictures"]);
        foreach (var i in (int[])[3, 13, 17])
        {
            File.WriteAllBytes(_folder[$"pictures/{i}.png"], DrawnPictures.Draw(i).ToPng());
        }

        Assert.Equal(3, Run(train: "pictures").Sets[0].Overlap(OverlapRule.Default).Right);
        Assert.Equal(3, Run(train: "pictures/*.png").Sets[0].Overlap(OverlapRule.Default).Right);
    }

    [Fact]
    public void The_JSON_has_all_pairs_the_overlap_first()
    {
        var root = JsonDocument.Parse(Run().ToJson()).RootElement;
        var set = root.GetProperty("sets")[0];
        Assert.Equal(3, set.GetProperty("overlap").GetInt32());
        var pairs = set.GetProperty("pairs").EnumerateArray().ToList();
        Assert.Equal([true, true, true, false, false, false, false],
            pairs.Select(pair => pair.GetProperty("overlap").GetBoolean()));
        Assert.Equal(("equal", "t17"), (pairs[0].GetProperty("test").GetString(), pairs[0].GetProperty("train").GetString()));
        Assert.True(pairs[0].GetProperty("identical").GetBoolean());
        Assert.False(set.TryGetProperty("measured", out _));
    }

    private OverlapReport Run(OverlapRule? rule = null, string train = "train") =>
        new OverlapStudy(_clip, "tiny", new FeatureStore(_folder["features"])).Run(Plan(rule ?? OverlapRule.Default, train));

    private OverlapPlan Plan(OverlapRule rule, string train = "train") => OverlapPlan.Make(new OverlapOptions
    {
        Train = [_folder[train]],
        Datasets = [_folder["test"]],
        Rule = rule,
        NumWorkers = 1,
    });

    private void Shard(string path, IEnumerable<(string Key, byte[] Picture)> pictures)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        ShardWriter.Write(_folder[path], pictures.SelectMany(picture => (ShardMember[])
        [
            new(picture.Key, "jpg", picture.Picture), new(picture.Key, "txt", Encoding.UTF8.GetBytes("a picture")),
        ]));
    }
}
