//! Lines against time, drawn by `plotters`.

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

/// A machine's name, and its points: seconds and value.
pub(super) type Line<'a> = (&'a str, Vec<(f64, f64)>);

const SIZE: (u32, u32) = (900, 360);

/// The colours of the page's `--line-0` to `--line-5` in the light, by Okabe and Ito (2008).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x80, 0x5c),
    RGBColor(0xa8, 0x4a, 0x82),
    RGBColor(0x8a, 0x6d, 0x00),
    RGBColor(0x1b, 0x1f, 0x24),
];

/// The line at which a queue is full.
const FULL: RGBColor = RGBColor(0xb0, 0x00, 0x20);

/// A chart with one line per machine, each with its name at its end.
pub(super) fn lines(title: &str, lines: &[Line<'_>]) -> String {
    lines_below(title, lines, None)
}

/// The same with a level line, if there is one, at the length at which a queue is full.
pub(super) fn lines_below(title: &str, lines: &[Line<'_>], full: Option<f64>) -> String {
    let mut svg = String::new();
    // Drawing to a string fails only for a range without extent, and these have one.
    let _ = draw(title, lines, full, &mut svg);
    svg
}

fn draw(
    title: &str,
    lines: &[Line<'_>],
    full: Option<f64>,
    svg: &mut String,
) -> Result<(), Box<dyn std::error::Error>> {
    let points = || lines.iter().flat_map(|(_, points)| points);
    let end = points().map(|(time, _)| *time).fold(1e-6, f64::max);
    let top = full.unwrap_or(1.0).max(1.0);
    let (low, high) = points().fold((0.0, top), |(low, high), (_, value)| (value.min(low), value.max(high)));
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(12)
        .margin_right(28)
        .caption(title, ("sans-serif", 18))
        .x_label_area_size(36)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..end, low..high * 1.05)?;
    let whole = |value: &f64| if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") };
    chart
        .configure_mesh()
        .x_desc("seconds")
        .light_line_style(TRANSPARENT)
        .bold_line_style(RGBColor(0xe6, 0xe8, 0xeb))
        .x_label_formatter(&whole)
        .y_label_formatter(&whole)
        .draw()?;
    if let Some(full) = full {
        let text = ("sans-serif", 12).into_font().color(&FULL).pos(Pos::new(HPos::Left, VPos::Top));
        chart.draw_series(LineSeries::new([(0.0, full), (end, full)], FULL.stroke_width(1)))?;
        chart.draw_series([EmptyElement::at((0.0, full)) + Text::new(format!("full: {full:.0}"), (4, 3), text)])?;
    }
    for (index, (name, points)) in lines.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        chart.draw_series(LineSeries::new(steps(points), colour.stroke_width(2)))?;
        if let Some(last) = points.last() {
            let text = ("sans-serif", 14).into_font().color(&colour).pos(Pos::new(HPos::Left, VPos::Center));
            chart.draw_series([EmptyElement::at(*last) + Text::new((*name).to_owned(), (6, 0), text)])?;
        }
    }
    root.present()?;
    Ok(())
}

/// A value holds until the next.
fn steps(points: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> {
    let held = points.windows(2).flat_map(|pair| [pair[0], (pair[1].0, pair[0].1)]);
    held.chain(points.last().copied())
}
