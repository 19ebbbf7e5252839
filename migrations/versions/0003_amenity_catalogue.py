"""Fill the amenities; a row's id is its bit in search's masks, so it never changes.

Additive, and safe to run again after a half-done try: rows that are there are left alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_amenity_catalogue"
down_revision = "0002_listings"

#: Bit, slug (which also names the icon), group, English label.
CATALOGUE = (
    (0, "wifi", "essentials", "Wifi"),
    (1, "kitchen", "essentials", "Kitchen"),
    (2, "washer", "essentials", "Washer"),
    (3, "dryer", "essentials", "Dryer"),
    (4, "air_conditioning", "essentials", "Air conditioning"),
    (5, "heating", "essentials", "Heating"),
    (6, "tv", "essentials", "TV"),
    (7, "workspace", "essentials", "Dedicated workspace"),
    (8, "pool", "features", "Pool"),
    (9, "hot_tub", "features", "Hot tub"),
    (10, "free_parking", "parking", "Free parking"),
    (11, "ev_charger", "parking", "EV charger"),
    (12, "gym", "features", "Gym"),
    (13, "elevator", "access", "Elevator"),
    (14, "crib", "family", "Crib"),
    (15, "smoke_alarm", "safety", "Smoke alarm"),
    (16, "carbon_monoxide_alarm", "safety", "Carbon monoxide alarm"),
    (17, "first_aid_kit", "safety", "First aid kit"),
    (18, "fire_extinguisher", "safety", "Fire extinguisher"),
    (19, "balcony", "features", "Balcony or patio"),
    (20, "garden", "features", "Garden"),
    (21, "breakfast", "kitchen", "Breakfast"),
    (22, "pets_allowed", "policies", "Pets allowed"),
    (23, "wheelchair_accessible", "access", "Wheelchair accessible"),
    (24, "paid_parking", "parking", "Paid parking"),
    (25, "dishwasher", "kitchen", "Dishwasher"),
    (26, "refrigerator", "kitchen", "Refrigerator"),
    (27, "oven", "kitchen", "Oven"),
    (28, "microwave", "kitchen", "Microwave"),
    (29, "coffee_maker", "kitchen", "Coffee maker"),
    (30, "hair_dryer", "essentials", "Hair dryer"),
    (31, "iron", "essentials", "Iron"),
    (32, "hot_water", "essentials", "Hot water"),
    (33, "bathtub", "features", "Bathtub"),
    (34, "shampoo", "essentials", "Shampoo"),
    (35, "bed_linens", "essentials", "Bed linens"),
    (36, "hangers", "essentials", "Hangers"),
    (37, "fireplace", "features", "Fireplace"),
    (38, "bbq_grill", "features", "BBQ grill"),
    (39, "outdoor_dining", "features", "Outdoor dining"),
    (40, "high_chair", "family", "High chair"),
    (41, "sauna", "features", "Sauna"),
    (42, "self_check_in", "access", "Self check-in"),
    (43, "luggage_drop_off", "access", "Luggage drop-off"),
    (44, "private_entrance", "access", "Private entrance"),
    (45, "waterfront", "location", "Waterfront"),
    (46, "beach_access", "location", "Beach access"),
    (47, "ski_access", "location", "Ski-in, ski-out"),
    (48, "sea_view", "location", "Sea view"),
    (49, "mountain_view", "location", "Mountain view"),
    (50, "city_view", "location", "City view"),
    (51, "security_cameras", "safety", "Outdoor security cameras"),
    (52, "sound_system", "entertainment", "Sound system"),
    (53, "game_console", "entertainment", "Game console"),
    (54, "board_games", "family", "Board games"),
    (55, "books", "family", "Books"),
    (56, "piano", "features", "Piano"),
    (57, "bicycles", "entertainment", "Bicycles"),
    (58, "kayak", "entertainment", "Kayak"),
    (59, "smoking_allowed", "policies", "Smoking allowed"),
)

amenities = sa.table(
    "amenities",
    sa.column("id", sa.SmallInteger),
    sa.column("slug", sa.String),
    sa.column("group", sa.String),
    sa.column("icon", sa.String),
    sa.column("label_key", sa.String),
)


def upgrade() -> None:
    connection = op.get_bind()
    present = set(connection.scalars(sa.select(amenities.c.id)))
    missing = [
        {"id": bit, "slug": slug, "group": group, "icon": slug, "label_key": label}
        for bit, slug, group, label in CATALOGUE
        if bit not in present
    ]
    if missing:
        connection.execute(sa.insert(amenities), missing)


def downgrade() -> None:
    op.execute(sa.delete(amenities).where(amenities.c.id.in_([row[0] for row in CATALOGUE])))
